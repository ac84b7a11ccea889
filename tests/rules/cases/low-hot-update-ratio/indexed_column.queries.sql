update visits set hits = hits + 1, "Seen at" = now() where id = 7;
