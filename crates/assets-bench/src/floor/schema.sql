CREATE TABLE items (
    place bigint NOT NULL, id text NOT NULL, workspace bigint NOT NULL, created bigint NOT NULL, type text NOT NULL, title text NOT NULL,
    description text, status text NOT NULL, tags text NOT NULL, campaign_id text, provenance text NOT NULL, number bigint NOT NULL,
    version_status text NOT NULL, digest text NOT NULL, size_bytes bigint NOT NULL, media_type text NOT NULL, filename text NOT NULL,
    facts text NOT NULL, version_provenance text NOT NULL, note text, restored_from bigint, created_by text NOT NULL,
    version_created_at text NOT NULL, approved text, preview_url text, created_at text NOT NULL, updated_at text NOT NULL,
    revision bigint NOT NULL, agent_slug text NOT NULL, type_filter text NOT NULL, has_approved bigint NOT NULL
);
CREATE TABLE versions (
    item bigint NOT NULL, number bigint NOT NULL, status text NOT NULL, digest text NOT NULL, size_bytes bigint NOT NULL,
    media_type text NOT NULL, filename text NOT NULL, facts text NOT NULL, provenance text NOT NULL, note text, restored_from bigint,
    created_by text NOT NULL, created_at text NOT NULL
);
CREATE TABLE decisions (
    item bigint NOT NULL, revision bigint NOT NULL, action text NOT NULL, version bigint NOT NULL, digest text NOT NULL,
    bytes_named bigint NOT NULL, made_by text NOT NULL, at text NOT NULL, comment text, carried_from bigint, title text NOT NULL,
    description text, tags text NOT NULL
);
CREATE TABLE tags (workspace bigint NOT NULL, tag text NOT NULL, created bigint NOT NULL, place bigint NOT NULL);
CREATE TABLE uploads (name text NOT NULL, digest text NOT NULL, size_bytes bigint NOT NULL, item text NOT NULL);
