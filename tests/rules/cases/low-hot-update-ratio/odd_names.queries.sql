update "Odd.Schema"."V ""x"" 🐘" set "Hits of" = 1 where id = 7;
