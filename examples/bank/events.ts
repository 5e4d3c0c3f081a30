/** What happens at a bank, in cents. A transfer is one event, so that money is never in transit. */
export type BankEvent =
  | { type: 'AccountOpened'; payload: { account: string; owner: string } }
  | { type: 'Deposited'; payload: { account: string; cents: number } }
  | { type: 'Withdrawn'; payload: { account: string; cents: number } }
  | { type: 'Transferred'; payload: { from: string; to: string; cents: number } }
