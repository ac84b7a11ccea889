-- step: the authors' indexes

CREATE INDEX idx_conversations_user_id ON chatbot.conversations (user_id);
CREATE INDEX idx_conversations_created_at ON chatbot.conversations (created_at);
CREATE INDEX idx_conversations_updated_at ON chatbot.conversations (updated_at);
CREATE INDEX idx_conversations_uuid ON chatbot.conversations (conversation_uuid);
CREATE INDEX idx_conversations_user_active ON chatbot.conversations
    (user_id, is_archived, updated_at DESC) WHERE is_archived = FALSE;
CREATE INDEX idx_conversations_user_pinned ON chatbot.conversations
    (user_id, is_pinned, updated_at DESC) WHERE is_pinned = TRUE;
CREATE INDEX idx_conversations_title_trigram ON chatbot.conversations USING gin (title gin_trgm_ops);

CREATE INDEX idx_messages_conversation_id ON chatbot.messages (conversation_id);
CREATE INDEX idx_messages_created_at ON chatbot.messages (created_at);
CREATE INDEX idx_messages_role ON chatbot.messages (role);
CREATE INDEX idx_messages_conv_created ON chatbot.messages (conversation_id, created_at DESC);
CREATE INDEX idx_messages_conv_sequence ON chatbot.messages (conversation_id, sequence_number);
CREATE INDEX idx_messages_content_search ON chatbot.messages
    USING gin (to_tsvector('english', content));
CREATE INDEX idx_messages_edited ON chatbot.messages (conversation_id, is_edited)
    WHERE is_edited = TRUE;

CREATE INDEX idx_memory_user_id ON chatbot.chatbot_memory (user_id);
CREATE INDEX idx_memory_conversation_id ON chatbot.chatbot_memory (conversation_id);
CREATE INDEX idx_memory_user_created ON chatbot.chatbot_memory (user_id, created_at DESC);
CREATE INDEX idx_memory_question_search ON chatbot.chatbot_memory
    USING gin (to_tsvector('english', question));
CREATE INDEX idx_memory_answer_search ON chatbot.chatbot_memory
    USING gin (to_tsvector('english', answer));
CREATE INDEX idx_memory_combined_search ON chatbot.chatbot_memory
    USING gin (to_tsvector('english', coalesce(question, '') || ' ' || coalesce(answer, '')));
CREATE INDEX idx_memory_tags ON chatbot.chatbot_memory USING gin (tags);
CREATE INDEX idx_memory_importance ON chatbot.chatbot_memory (importance DESC)
    WHERE importance IS NOT NULL;

CREATE INDEX idx_files_user_id ON chatbot.uploaded_files (user_id);
CREATE INDEX idx_files_conversation_id ON chatbot.uploaded_files (conversation_id);
CREATE INDEX idx_files_file_type ON chatbot.uploaded_files (file_type);
CREATE INDEX idx_files_filename_trigram ON chatbot.uploaded_files
    USING gin (original_filename gin_trgm_ops);
CREATE INDEX idx_files_processed ON chatbot.uploaded_files (is_processed, created_at)
    WHERE is_processed = TRUE;
CREATE INDEX idx_files_user_created ON chatbot.uploaded_files (user_id, created_at DESC);

CREATE INDEX idx_users_username ON users (username);
CREATE INDEX idx_users_email ON users (email);
CREATE INDEX idx_users_active ON users (is_active, last_login DESC) WHERE is_active = TRUE;
