package postgres

// The statements. Each finds its rows by a primary key: a test looks at the plans.
const (
	getSQL     = "SELECT rev, version, ix, body FROM doc WHERE k = $1"
	currentSQL = "SELECT rev, version, ix FROM doc WHERE k = $1"
	lookupSQL  = "SELECT pk FROM uniq WHERE k = $1"
	scanSQL    = "SELECT k, rev, version, ix, body FROM doc WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3"

	// Each turn looks for the first document behind the one before, or behind the group that this one is of.
	skimSQL = `WITH RECURSIVE walk (k, rev, version, ix, body, n) AS (
			(SELECT k, rev, version, ix, body, 1 FROM doc WHERE k >= $1 AND k < $2 ORDER BY k LIMIT 1)
			UNION ALL
			SELECT d.k, d.rev, d.version, d.ix, d.body, w.n + 1
			FROM (SELECT k, n, position($4::bytea IN substr(k, $5)) AS p FROM walk WHERE n < $3) AS w
			CROSS JOIN LATERAL (
				SELECT k, rev, version, ix, body FROM doc
				WHERE doc.k >= CASE WHEN w.p > 0 THEN substr(w.k, 1, $5 + w.p - 2) || $6::bytea ELSE w.k || '\x00'::bytea END AND doc.k < $2
				ORDER BY doc.k LIMIT 1
			) AS d
		)
		SELECT k, rev, version, ix, body FROM walk`

	// OFFSET 0 keeps the planner from turning the look-up of each document into a join over all of them.
	scanRefSQL = `SELECT r.k, d.rev, d.version, d.ix, d.body
		FROM (SELECT k FROM ref WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3) AS r
		CROSS JOIN LATERAL (SELECT rev, version, ix, body FROM doc WHERE doc.k = $4::bytea || substr(r.k, $5) OFFSET 0) AS d
		ORDER BY r.k`

	// Insertions go for the unique indexes at once, without looking first: a look would lock, as serialisable transactions
	// do, whole pages of the index against others that insert beside it. What was taken is told by what comes back.
	insertSQL = `WITH d AS (
			INSERT INTO doc (k, rev, version, ix, body) VALUES ($1, nextval('rev_seq'), $2, $3, $4) ON CONFLICT DO NOTHING RETURNING rev
		), u AS (
			INSERT INTO uniq (k, pk) SELECT x, $5 FROM unnest($6::bytea[]) AS x WHERE EXISTS (SELECT FROM d) ON CONFLICT DO NOTHING RETURNING k
		), r AS (
			INSERT INTO ref (k) SELECT x FROM unnest($7::bytea[]) AS x WHERE (SELECT count(*) FROM u) = cardinality($6::bytea[]) AND EXISTS (SELECT FROM d)
		)
		SELECT rev, ARRAY(SELECT k FROM u) FROM d`
	undoInsertSQL = "WITH u AS (DELETE FROM uniq WHERE k = ANY($2::bytea[])) DELETE FROM doc WHERE k = $1"

	updateSQL = `WITH u AS (
			INSERT INTO uniq (k, pk) SELECT x, $5 FROM unnest($6::bytea[]) AS x ON CONFLICT DO NOTHING RETURNING k
		), ok AS (
			SELECT 1 WHERE (SELECT count(*) FROM u) = cardinality($6::bytea[])
		), du AS (
			DELETE FROM uniq WHERE k = ANY($8::bytea[]) AND EXISTS (SELECT FROM ok)
		), dr AS (
			DELETE FROM ref WHERE k = ANY($9::bytea[]) AND EXISTS (SELECT FROM ok)
		), r AS (
			INSERT INTO ref (k) SELECT x FROM unnest($7::bytea[]) AS x WHERE EXISTS (SELECT FROM ok)
		), d AS (
			UPDATE doc SET rev = nextval('rev_seq'), version = $2, ix = $3, body = $4 WHERE k = $1 AND EXISTS (SELECT FROM ok) RETURNING rev
		)
		SELECT COALESCE((SELECT rev FROM d), 0), ARRAY(SELECT k FROM u)`
	undoUpdateSQL = "DELETE FROM uniq WHERE k = ANY($1::bytea[])"
	updateBodySQL = "UPDATE doc SET rev = nextval('rev_seq'), version = $2, body = $3 WHERE k = $1 RETURNING rev"

	deleteSQL = `WITH u AS (DELETE FROM uniq WHERE k = ANY($2::bytea[])), r AS (DELETE FROM ref WHERE k = ANY($3::bytea[]))
		DELETE FROM doc WHERE k = $1`

	eventsSQL     = "SELECT seq, id, at, body FROM event WHERE seq > $1 ORDER BY seq LIMIT $2"
	dropEventsSQL = "DELETE FROM event WHERE seq <= $1"

	// The feed. The lock ends with the transaction; the numbers are taken in the order of the arrays.
	feedLockSQL  = "SELECT pg_advisory_xact_lock($1, $2)"
	addChangeSQL = `INSERT INTO change (seq, tbl, k)
		SELECT nextval('change_seq'), t, k FROM unnest($1::text[], $2::bytea[]) AS x (t, k)`
	addEventSQL = `INSERT INTO event (seq, id, at, body)
		SELECT nextval('event_seq'), i, a, b FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS x (i, a, b)`
	notifySQL  = "SELECT pg_notify($1, $2)"
	changesSQL = "SELECT seq, tbl, k FROM change WHERE seq > $1 ORDER BY seq LIMIT $2"
	headSQL    = "SELECT COALESCE((SELECT seq FROM change WHERE seq > 0 ORDER BY seq DESC LIMIT 1), 0)"
	droppedSQL = "SELECT value FROM meta WHERE name = 'dropped'"

	// The oldest changes are dropped, and how far is noted, first.
	noteSQL = `INSERT INTO meta (name, value)
		SELECT 'dropped', seq - $1 FROM (SELECT seq FROM change WHERE seq > $1 ORDER BY seq DESC LIMIT 1) AS head
		ON CONFLICT (name) DO UPDATE SET value = greatest(meta.value, excluded.value)`
	trimSQL = "DELETE FROM change WHERE seq <= (SELECT value FROM meta WHERE name = 'dropped')"
)
