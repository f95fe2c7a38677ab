-- SPDX-License-Identifier: Apache-2.0
-- Statements of Redshift's own kind, by Amazon's documentation: the judge must let them pass.
CREATE TABLE plays (play_id BIGINT NOT NULL, played_at TIMESTAMP SORTKEY, song VARCHAR(256) DISTKEY);
CREATE TABLE users (user_id VARCHAR(64) NOT NULL, level VARCHAR(8) ENCODE zstd) DISTSTYLE ALL SORTKEY (user_id);
CREATE TEMPORARY TABLE others (LIKE plays);
COPY plays FROM 's3://bucket/manifest' IAM_ROLE default MANIFEST FORMAT JSON 'auto ignorecase' TIMEFORMAT 'epochsecs' REGION 'eu-west-1' MAXERROR 10;
COPY plays (play_id, played_at) FROM 's3://bucket/manifest' IAM_ROLE 'arn:aws:iam::123456789012:role/r'
  MANIFEST FORMAT JSON 's3://bucket/paths' GZIP COMPUPDATE OFF STATUPDATE OFF;
BEGIN;
LOCK plays;
DELETE FROM plays USING others WHERE plays.play_id = others.play_id;
UPDATE plays SET song = s.song FROM others s WHERE plays.play_id = s.play_id;
MERGE INTO users USING others s ON users.user_id = s.song WHEN MATCHED THEN UPDATE SET level = 'x' WHEN NOT MATCHED THEN INSERT VALUES (s.song, 'y');
COMMIT;
SELECT pg_last_copy_count();
SELECT song, ROW_NUMBER() OVER (PARTITION BY song ORDER BY played_at DESC NULLS LAST) AS place FROM plays QUALIFY place = 1;
SELECT DATEDIFF(millisecond, played_at, SYSDATE), LISTAGG(song, ',') WITHIN GROUP (ORDER BY song) FROM plays GROUP BY played_at;
SET statement_timeout TO 1000;
SELECT query_id FROM sys_load_error_detail WHERE session_id = 1;
