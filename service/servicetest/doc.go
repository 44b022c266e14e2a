// Package servicetest plays conversations against a whole server: gateway, permissions, store, log and all services, without a network.
//
// A conversation is a txtar file. Each step is a file named "WHO SERVICE OPERATION" whose content is the input: lines "Name=value" of
// a query form for query services (a line that begins with a tab continues the value), a JSON document for the others. After a step may follow
//
//	-- response --       status line and body that must come back
//	-- record --         JSON whose members must be in the audit record of the call
//	-- keys NAME --      from now on NAME may stand for WHO: the credentials in the last response
//	-- let NAME TAG --   ${NAME} stands for the text of the first element TAG (or JSON member) in the last response
//	-- until NAME VALUE -- makes the last call again until the member NAME of its response is VALUE
//	-- until NAME --     the same, until its response has the member
//	-- consumed --       waits until what services derive from the log covers the calls so far
//	-- job NAME --       does one turn of a job
//	-- clock --          a duration that passes, e.g. "+1h"
//	-- code NAME SEED -- ${NAME} stands for the TOTP code of the base32 seed at the present time
//	-- wrap NAME ALGORITHM HEX --
//	                     ${NAME} stands for key material, encrypted with the PublicKey of the last response as KMS wants it for an import
//
// WHO is admin, a NAME from keys, or nobody (unsigned); WHO@REGION calls in another Region than us-east-1. The clock stands still otherwise. Random
// IDs, keys, tokens and request IDs are replaced by stable names such as AIDA-1 before comparison. Run `go test -update` to write the responses and the members
// of records that a file asks for.
//
// Every conversation runs on SQLite and, where PostgreSQL is installed, on PostgreSQL.
package servicetest
