/** The command that goes on with the leftovers of a run that was cut off: the state does not know of them. */
export function afterCutOff(stack: string): string {
  return `after a run of this stack that was cut off: npm run recover -- --stack ${stack}`;
}
