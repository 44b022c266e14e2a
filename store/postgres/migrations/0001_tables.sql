-- A document. ix lists its rows of uniq and ref. The free space keeps new versions of a row on its page, so that an
-- update that leaves the key alone touches no index.
CREATE TABLE doc (k bytea PRIMARY KEY, rev bigint NOT NULL, version integer NOT NULL, ix bytea NOT NULL, body bytea NOT NULL) WITH (fillfactor = 80);
CREATE TABLE uniq (k bytea PRIMARY KEY, pk bytea NOT NULL);
CREATE TABLE ref (k bytea PRIMARY KEY);
CREATE TABLE change (seq bigint PRIMARY KEY, tbl text NOT NULL, k bytea NOT NULL);
CREATE TABLE event (seq bigint PRIMARY KEY, id text NOT NULL, at bigint NOT NULL, body bytea NOT NULL);
-- One sequence for the revisions of all documents, so that a key never sees one twice, not even after a deletion.
CREATE SEQUENCE rev_seq;
-- Taken only under the feed's lock.
CREATE SEQUENCE change_seq;
CREATE SEQUENCE event_seq;
-- Locked by transactions that have met conflicts: they queue instead of meeting again.
CREATE TABLE lane ();
