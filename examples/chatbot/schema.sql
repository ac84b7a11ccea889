-- step: tables

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE users (
    id integer PRIMARY KEY,
    username varchar(50) NOT NULL UNIQUE,
    email varchar(255) NOT NULL UNIQUE,
    is_active boolean NOT NULL DEFAULT true,
    last_login timestamptz
);

CREATE SCHEMA chatbot;

CREATE TABLE chatbot.conversations (
    id integer PRIMARY KEY,
    conversation_uuid uuid NOT NULL UNIQUE,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title varchar(255) NOT NULL,
    is_archived boolean NOT NULL DEFAULT false,
    is_pinned boolean NOT NULL DEFAULT false,
    model varchar(50) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chatbot.messages (
    id bigint PRIMARY KEY,
    conversation_id integer NOT NULL REFERENCES chatbot.conversations (id) ON DELETE CASCADE,
    role varchar(20) NOT NULL,
    content text NOT NULL,
    sequence_number integer NOT NULL,
    is_edited boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chatbot.chatbot_memory (
    id bigint PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id integer REFERENCES chatbot.conversations (id) ON DELETE SET NULL,
    question text NOT NULL,
    answer text NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    importance integer,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chatbot.uploaded_files (
    id integer PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id integer REFERENCES chatbot.conversations (id) ON DELETE SET NULL,
    original_filename varchar(255) NOT NULL,
    file_type varchar(20) NOT NULL,
    size_bytes integer NOT NULL,
    is_processed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
