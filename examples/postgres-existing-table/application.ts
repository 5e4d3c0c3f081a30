/** The table that the application already has. */
export const TABLE = `
  CREATE TABLE account_log (
    log_id bigserial PRIMARY KEY,
    account_no text NOT NULL,
    action text NOT NULL,
    amount int NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now()
  );
  INSERT INTO account_log (account_no, action, amount) VALUES
    ('A-1', 'deposit', 100), ('A-2', 'deposit', 50), ('A-1', 'withdrawal', 30)`

/** Optional: notifies followers of the table immediately. */
export const TRIGGER = `
  CREATE FUNCTION tell_account_log() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NOTIFY account_log; RETURN NULL; END';
  CREATE TRIGGER told AFTER INSERT ON account_log EXECUTE FUNCTION tell_account_log()`

/** The table's rows as events. */
export type AccountEvent =
  | { type: 'deposit'; payload: { amount: number } }
  | { type: 'withdrawal'; payload: { amount: number } }
