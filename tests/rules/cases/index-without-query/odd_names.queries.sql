select "The hash" from "Odd.Schema"."N ""x"" 🐘" where id = 7;
