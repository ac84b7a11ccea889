-- The trigger asks in the way that a GIN index on lecture_ids serves.

CREATE OR REPLACE FUNCTION invalidate_responses() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM ai_response_cache WHERE lecture_ids @> ARRAY[NEW.lecture_id];
    RETURN NULL;
END
$$;
