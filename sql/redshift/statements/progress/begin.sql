-- SPDX-License-Identifier: Apache-2.0
-- What a run's progress counts from: the time, the runs that are open, between commas, and the number that the next run will at least have. Run by
-- copyfleet run before it plans.
SELECT SYSDATE::VARCHAR, open_runs.list, last.run + 1
FROM (SELECT ',' || COALESCE(LISTAGG(run::VARCHAR, ',') WITHIN GROUP (ORDER BY run), '') || ',' AS list FROM copyfleet.runs WHERE state <> 'done') open_runs
CROSS JOIN (SELECT COALESCE(MAX(run), 0) AS run FROM copyfleet.runs) last
