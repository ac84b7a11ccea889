select count(*) from "Odd.Schema"."C ""x"" 🐘";
