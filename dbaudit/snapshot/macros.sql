-- Words for the rules' messages and remedies.

create macro quote_ident(name) as
    case
        when regexp_full_match(name, '[a-z_][a-z0-9_]*') and not list_contains($keywords, name)
            then name
        else '"' || replace(name, '"', '""') || '"'
    end;

create macro qualified(schema_name, name) as
    quote_ident(schema_name) || '.' || quote_ident(name);

create macro quote_literal(value) as
    '''' || replace(value, '''', '''''') || '''';

-- As pg_size_pretty: binary units with their everyday names.
create macro pretty_bytes(bytes) as
    case
        when bytes is null then null
        when abs(bytes) < 10240 then format('{:d} B', bytes::bigint)
        when abs(bytes) < 10485760 then format('{:.0f} kB', bytes / 1024.0)
        when abs(bytes) < 10737418240 then format('{:.0f} MB', bytes / 1048576.0)
        when abs(bytes) < 10995116277760 then format('{:.1f} GB', bytes / 1073741824.0)
        else format('{:.1f} TB', bytes / 1099511627776.0)
    end;

create macro pretty_count(number) as
    format('{:,}', round(number)::bigint);

create macro pretty_seconds(seconds) as
    case
        when seconds is null then null
        when seconds < 120 then format('{:.0f} s', seconds::double)
        when seconds < 7200 then format('{:.0f} min', seconds / 60.0)
        when seconds < 172800 then format('{:.0f} h', seconds / 3600.0)
        else format('{:.0f} days', seconds / 86400.0)
    end;

-- The greatest power of two up to 8 (MAXALIGN) that divides a number of bytes.
create macro alignment_of(bytes) as
    case when bytes % 8 = 0 then 8 when bytes % 4 = 0 then 4 when bytes % 2 = 0 then 2 else 1 end;

-- Bytes that pg_attribute.typalign asks for. A value of variable length of up to 126 bytes is stored
-- with a one-byte header and is not aligned (VARATT_SHORT_MAX in PostgreSQL's src/include/varatt.h).
create macro alignment_bytes(typalign, typlen, width) as
    case
        when typlen < 0 and width <= 127 then 1
        else case typalign when 'd' then 8 when 'i' then 4 when 's' then 2 else 1 end
    end;

-- One column for tuple_data: its mean width where present, and its share of nulls.
create macro tuple_column(typlen, typalign, width, null_frac) as {
    'width': width::double,
    'alignment': alignment_bytes(typalign, typlen, width)::double,
    'is_variable': typlen < 0,
    'null_frac': null_frac::double,
    'bytes': 0::double,
    'granule': 0::double
};

-- Mean padding before a column: exact where the offset so far is (granule 0); else the offset is any
-- multiple of the granule, and the padding the mean of 0, granule … alignment - granule.
create macro padding(bytes, granule, alignment) as
    case
        when granule = 0 then (alignment - bytes % alignment) % alignment
        else greatest(alignment - granule, 0) / 2
    end;

-- The data part of a heap or index tuple, column after column, as heap_compute_data_size lays it out
-- (PostgreSQL's src/backend/access/common/heaptuple.c): `bytes` is the mean length without the final
-- padding; `granule` 0 says that every tuple has exactly that length.
create macro tuple_data(tuple_columns) as
    list_reduce(
        tuple_columns,
        lambda before, c: {
            'width': c.width,
            'alignment': c.alignment,
            'is_variable': c.is_variable,
            'null_frac': c.null_frac,
            'bytes': before.bytes
                + (1 - c.null_frac)
                * (c.width + padding(before.bytes, before.granule, c.alignment)),
            'granule': case
                when c.null_frac = 1 then before.granule
                when c.is_variable then 1
                when c.null_frac > 0 and before.granule = 0
                    then least(alignment_of(before.bytes), c.alignment, alignment_of(c.width))
                when before.granule = 0 then 0
                when c.null_frac > 0
                    then least(before.granule, c.alignment, alignment_of(c.width))
                else least(greatest(before.granule, c.alignment), alignment_of(c.width))
            end
        },
        tuple_column(0, 'c', 0, 0)
    );

-- A mean length rounded up to a multiple of 8, MAXALIGN on every platform that PostgreSQL runs on now.
create macro max_aligned(bytes, granule) as
    bytes + padding(bytes, granule, 8::double);

-- Rows that a table holds now: as many on a page as the planner last saw, as estimate_rel_size does
-- (PostgreSQL's src/backend/optimizer/util/plancat.c). Not n_live_tup: a transaction's own VACUUM or ANALYZE
-- and its rows are counted in either order.
create macro live_rows(reltuples, relpages, pages) as
    case
        when reltuples < 0 then null
        when relpages = 0 then if(pages = 0, 0, null)
        else reltuples * greatest(pages / relpages, 1)
    end;

-- Bytes on B-tree leaf pages, line pointers included, of one key value that `tids` rows share, when
-- duplicates share an entry: posting lists of 6 bytes a row (ItemPointerData), each of at most
-- MAXALIGN_DOWN(BLCKSZ * 10 / 100) - 4 bytes as _bt_load builds them (nbtsort.c). `tids` is a mean: from
-- 1 to 2 some values have one row and some two.
create macro posting_bytes(key_bytes, tids, block_size_bytes) as
    case
        when tids <= 1 then key_bytes + 4
        else (key_bytes + 4)
            * greatest(1, tids * 6 / (block_size_bytes / 10 - 8 - key_bytes))
            + (tids * 6 + 4) * least(1, tids - 1)
    end;

create macro percent(share) as
    format('{:.0f} %', share * 100);

-- pg_get_indexdef's statement as one that does not block writers.
create macro built_concurrently(definition) as
    regexp_replace(definition, '^CREATE (UNIQUE )?INDEX ', 'CREATE \1INDEX CONCURRENTLY ');

-- Column numbers, operator classes, collations and options come as numbers in text.
create macro vector(text_of_numbers) as
    list_transform(string_split(text_of_numbers, ' '), lambda number: number::bigint);

-- A name for a new index as PostgreSQL would choose it, at most 63 bytes.
create macro new_index_name(tablename, attnames) as
    case
        when strlen(tablename || '_' || array_to_string(attnames, '_') || '_idx') <= 63
            then tablename || '_' || array_to_string(attnames, '_') || '_idx'
        else left(regexp_replace(tablename, '[^a-zA-Z0-9_]', '', 'g'), 30) || '_'
            || left(md5(tablename || '_' || array_to_string(attnames, '_')), 12) || '_idx'
    end;

create macro quote_idents(names) as
    array_to_string(list_transform(names, lambda name: quote_ident(name)), ', ');

-- A partial index's predicate says no more than that these columns are not null.
create macro is_only_not_null(predicate, attnames) as
    regexp_full_match(
        list_reduce(
            attnames,
            lambda rest, attname: replace(rest, quote_ident(attname) || ' IS NOT NULL', ''),
            predicate
        ),
        '( AND |[() ])*'
    );

-- An index finds the rows of a foreign key: its leading keys are the key's columns in any order.
create macro serves_columns(key_columns, amname, predicate, attnames) as
    (amname = 'btree' or (amname = 'hash' and len(attnames) = 1))
    and list_sort(key_columns[1:len(attnames)]) = list_sort(attnames)
    and (predicate is null or is_only_not_null(predicate, attnames));

-- A column stands in an expression as PostgreSQL prints it: its name as a word of its own.
create macro mentions(expression, attname) as
    regexp_matches(
        expression,
        '(^|[^[:alnum:]_"])' || regexp_escape(quote_ident(attname)) || '($|[^[:alnum:]_"])'
    );

-- An expression without what PostgreSQL adds when it prints one: casts of texts, parentheses, blanks.
create macro bare_sql(expression) as
    lower(regexp_replace(expression, '::(text|regconfig|character varying|varchar)|[ ()]', '', 'g'));

-- An operator as people write it.
create macro written_operator(operator) as
    case operator when '~~' then 'LIKE' when '~~*' then 'ILIKE' when '!~~' then 'NOT LIKE'
        when '!~~*' then 'NOT ILIKE' else upper(operator) end;

-- The rules on loops say these of a row of `loops`.

-- Grave is what is certain, or likely and costs noticeably.
create macro loop_severity(l, min_share, min_total_ms) as
    if(l.confidence = 'certain'
        or l.confidence = 'likely'
        and (coalesce(l.share, 0) >= min_share or l.total_ms >= min_total_ms),
        'warning', 'info');

create macro loop_share(l) as
    if(l.share is null, '', format(' ({:.0f} % of all time)', 100 * l.share));

create macro loop_turn(l) as
    if(len(l.children) > 1, format(', one of {} statements in each turn', len(l.children)), '');

create macro loop_cost(l) as
    format('{} statements{} where {} would do{}',
        pretty_count(l.times), loop_share(l), pretty_count(l.times - l.round_trips_saved),
        coalesce('; sent at ' || l.place, ''));

create macro loop_evidence(l) as {
    'parent': l.parent, 'parent_place': l.parent_place,
    'child': l.child, 'children': l.children, 'times': l.times,
    'occurrences': l.occurrences, 'typical_times': l.typical_times,
    'largest_times': l.largest_times, 'parent_rows': l.parent_rows, 'total_ms': round(l.total_ms, 1), 'share': round(l.share, 4),
    'round_trips_saved': l.round_trips_saved, 'sessions': l.sessions, 'requests': l.requests,
    'place': l.place, 'places': l.places, 'routes': l.routes, 'libraries': l.libraries,
    'loads': l.loads, 'hidden': l.hidden, 'fingerprint': l.child_fingerprint,
    'pattern': l.pattern
};
