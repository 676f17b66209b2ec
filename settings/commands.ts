/** What goes on with what a run of the stack left that was cut off: the state does not know of it. */
export function afterCutOff(stack: string): string {
  return `after a run of this stack that was cut off: npm run recover -- --stack ${stack}`;
}
