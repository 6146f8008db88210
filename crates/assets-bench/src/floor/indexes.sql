CREATE UNIQUE INDEX items_by_place ON items (place);
CREATE UNIQUE INDEX items_by_id ON items (id);
CREATE INDEX items_in_order ON items (workspace, created, place);
CREATE INDEX items_by_status ON items (workspace, status, created, place);
CREATE INDEX items_by_campaign ON items (workspace, campaign_id, created, place);
CREATE INDEX items_by_campaign_and_status ON items (workspace, campaign_id, status, created, place);
CREATE UNIQUE INDEX versions_of_item ON versions (item, number);
CREATE UNIQUE INDEX decisions_of_item ON decisions (item, revision);
CREATE UNIQUE INDEX tags_in_order ON tags (workspace, tag, created, place);
