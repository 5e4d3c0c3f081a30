/** What happens in a small web shop. */
export type ShopEvent =
  | { type: 'OrderPlaced'; payload: { order: string; customer: string; cents: number } }
  | { type: 'OrderPaid'; payload: { order: string } }
  | { type: 'OrderShipped'; payload: { order: string } }
  | { type: 'VisitorCame'; payload: { visitor: string } }
  | { type: 'VisitorLeft'; payload: { visitor: string } }
