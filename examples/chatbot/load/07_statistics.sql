-- step: statistics

DROP TABLE words, sentences;
VACUUM (ANALYZE) users;
VACUUM (ANALYZE) chatbot.conversations;
VACUUM (ANALYZE) chatbot.messages;
VACUUM (ANALYZE) chatbot.chatbot_memory;
VACUUM (ANALYZE) chatbot.uploaded_files;
