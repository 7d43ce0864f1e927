// duckdb.mjs os-count DIR | sum DIR  -  the same answers by DuckDB, for `af-bench compare`; needs @duckdb/node-api.
//
// os-count  counts info.OS over uuid<TAB>json lines, plain, .gz or .zst; prints `KEY VALUE` lines.
// sum       adds up the values of key<TAB>value lines; prints `KEY<TAB>VALUE`.
// Run from a folder in whose node_modules the package is.
import { createRequire } from "node:module";
import process from "node:process";

const { DuckDBInstance } = createRequire(process.cwd() + "/")("@duckdb/node-api");

const QUERIES = {
  "os-count": (files) => `SELECT json_extract_string(column1, '$.info.OS') AS key, count(*) AS value
    FROM read_csv('${files}', delim = '\t', header = false, quote = '', escape = '', max_line_size = 67108864,
                  columns = {'column0': 'VARCHAR', 'column1': 'VARCHAR'}) GROUP BY key ORDER BY key`,
  sum: (files) => `SELECT key, sum(value) AS value
    FROM read_csv('${files}', delim = '\t', header = false, quote = '', escape = '',
                  columns = {'key': 'VARCHAR', 'value': 'BIGINT'})
    GROUP BY key ORDER BY key`,
};

const [question, folder] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const result = await connection.stream(QUERIES[question](`${folder}/**`.replaceAll("'", "''")));
const separator = question === "sum" ? "\t" : " ";
for (;;) {
  const chunk = await result.fetchChunk();
  if (!chunk || chunk.rowCount === 0) break;
  let text = "";
  for (const [key, value] of chunk.getRows()) text += `${key}${separator}${value}\n`;
  process.stdout.write(text);
}
