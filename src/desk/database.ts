import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { migrate } from './schema.ts';

/** Values of columns by their names. */
export type Row = Readonly<Record<string, SQLInputValue>>;

/** How many texts of SQL are kept compiled: far more than a desk has. */
const KEPT_STATEMENTS = 500;

/** A SQLite database with its statements kept compiled. Every call is synchronous. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens (and creates) the database and brings its schema up to date. `file` is a path or `:memory:`. Other processes may read it meanwhile.
   * Throws an Error that names the file when it cannot be opened, is no database, or is of a later release.
   */
  constructor(file: string) {
    this.#db = open(file);
  }

  get<T>(sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: readonly SQLInputValue[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }

  /** Returns the key of the row that an INSERT has made. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  /** Returns the key of the new row. */
  insert(table: string, row: Row): number {
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    return this.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, ...Object.values(row));
  }

  /** Does all of `work` or nothing of it. Inside another transaction it becomes part of that. */
  transaction<T>(work: () => T): T {
    if (this.#db.isTransaction) return work();
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  get isInTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** Closing again does nothing. */
  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.exec('PRAGMA optimize');
    this.#db.close();
  }

  #statement(sql: string): StatementSync {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    if (this.#statements.size >= KEPT_STATEMENTS) this.#statements.clear();
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

function open(file: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    // A killed desk loses nothing that it has answered for; only a power cut could take the last moments.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    throw new Error(`the desk's database ${file}: ${(error as Error).message}`, { cause: error });
  }
}
