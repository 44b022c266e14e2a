-- A document. ix lists its rows of uniq and ref. It stands before body so that an update does not read the old body.
CREATE TABLE doc (k BLOB PRIMARY KEY, rev INTEGER NOT NULL, version INTEGER NOT NULL, ix BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE uniq (k BLOB PRIMARY KEY, pk BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE ref (k BLOB PRIMARY KEY) WITHOUT ROWID;
-- Numbers come from meta, not from AUTOINCREMENT: one read and one write for a whole commit.
CREATE TABLE change (seq INTEGER PRIMARY KEY, tbl TEXT NOT NULL, k BLOB NOT NULL);
CREATE TABLE event (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
