-- SPDX-License-Identifier: Apache-2.0
-- A journal of schema version 1, as the first release wrote it: one incident, numbered 17, after a
-- prune of the first four. Never edited; see docs/JOURNAL.md.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE incident (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  kind           INTEGER NOT NULL,
  first_ns       INTEGER NOT NULL,
  last_ns        INTEGER NOT NULL,
  count          INTEGER NOT NULL,
  dropped        INTEGER NOT NULL,
  outcome        INTEGER NOT NULL,
  monitored      INTEGER NOT NULL,
  operation      INTEGER NOT NULL,
  severity       INTEGER NOT NULL,
  owner_uid      INTEGER NOT NULL,
  asset          TEXT NOT NULL,
  asset_name     TEXT NOT NULL,
  asset_class    TEXT NOT NULL,
  path           TEXT NOT NULL,
  rule           TEXT NOT NULL,
  rule_file      TEXT NOT NULL,
  rule_line      INTEGER NOT NULL,
  policy_version INTEGER NOT NULL,
  engine         TEXT NOT NULL,
  judged_as      TEXT NOT NULL,
  taints         INTEGER NOT NULL,
  message        TEXT NOT NULL,
  link           TEXT NOT NULL,
  subject        TEXT NOT NULL,
  ancestry       TEXT NOT NULL,
  attack         TEXT NOT NULL,
  taint_details  TEXT NOT NULL
) STRICT;
INSERT INTO incident VALUES(17,1,1764000000123456789,1764000002000000001,214,3,3,1,2,4,1000,'electrum','Electrum wallet','private-key','/home/alice/caf\xe9','wallet-secret.stranger','defaults.toml',31,41,'fanotify','/home/alice/test-task/telemetry.js',257,'only Electrum may read its wallet','https://example.org/why','{"pid":4242,"start":987654,"exe":"/usr/bin/node","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","package":"nodejs 18.19.0","script":"/home/alice/test-task/telemetry.js","script_sha256":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","argv":["node","telemetry.js",""],"cwd":"/home/alice/test-task","uid":1000,"login_uid":1000,"session":4200,"cgroup":"user.slice/user-1000.slice","evidence":["the script belongs to no package","alice can change it"]}','[{"pid":4200,"start":987000,"exe":"/usr/bin/node","sha256":null,"package":null,"script":"/usr/bin/npm","script_sha256":null,"argv":["npm","install"],"cwd":null,"uid":1000,"login_uid":null,"session":0,"cgroup":null,"evidence":[]},{"pid":0,"start":0,"exe":null,"sha256":null,"package":null,"script":null,"script_sha256":null,"argv":[],"cwd":null,"uid":0,"login_uid":null,"session":0,"cgroup":null,"evidence":[]}]','["T1552.001","T1560.001"]','["LD_PRELOAD names /tmp/x.so"]');
CREATE TABLE pruned (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  count   INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  when_ns INTEGER NOT NULL
) STRICT;
INSERT INTO pruned VALUES(1,4,4,1764000000000000000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('incident',17);
CREATE INDEX incident_by_last ON incident (last_ns);
CREATE INDEX incident_by_owner ON incident (owner_uid, id);
PRAGMA application_id = 1264011825;
PRAGMA user_version = 1;
COMMIT;
