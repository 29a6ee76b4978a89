import { existsSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { migrate } from './schema.ts';

/** Values of columns by their names. */
export type Row = Readonly<Record<string, SQLInputValue>>;

/** How many texts of SQL are kept compiled: far more than a desk has. */
const KEPT_STATEMENTS = 500;

/** A SQLite database with its statements kept compiled. Every call is synchronous. */
export class Database {
  readonly #lock: DatabaseSync | undefined;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens (and creates) the database and brings its schema up to date. `file` is a path or `:memory:`. Other processes may read it meanwhile.
   * Throws an Error that names the file when it cannot be opened, is no database, is of a later release, or belongs to a running desk.
   */
  constructor(file: string) {
    try {
      this.#lock = lock(file);
      this.#db = open(file);
    } catch (error) {
      this.#lock?.close();
      throw new Error(`the desk's database ${file}: ${(error as Error).message}`, { cause: error });
    }
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
    this.#lock?.close();
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
  const db = new DatabaseSync(file);
  try {
    // A killed desk loses nothing that it has answered for; only a power cut could take the last moments.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
    migrate(db);
    db.exec(`CREATE TABLE IF NOT EXISTS served_by (process TEXT NOT NULL) STRICT; DELETE FROM served_by;`);
    db.prepare('INSERT INTO served_by VALUES (?)').run(`process ${process.pid} on ${hostname()}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Keeps a second desk away from the file: each desk keeps counts and tells its pages only of its own changes. The lock is that of an empty
 * database beside the file, so that the operating system releases it when the process ends in any way, and readers are not locked out.
 * Throws an Error that names the process which holds it.
 */
function lock(file: string): DatabaseSync | undefined {
  if (file === ':memory:') return undefined;
  const place = existsSync(file) ? realpathSync(file) : file;
  const db = new DatabaseSync(`${place}-lock`);
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    return db;
  } catch (error) {
    db.close();
    if ((error as { readonly errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(`${holderOf(file)} serves it already: end that one, or name another file`, {
      cause: error,
    });
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** The desk that serves the file, as it has written itself down. */
function holderOf(file: string): string {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    const row = db.prepare('SELECT process FROM served_by').get();
    db.close();
    return `the desk of ${String(row?.['process'])}`;
  } catch {
    // It has just been started, and has not written its name yet.
    return 'another desk';
  }
}
