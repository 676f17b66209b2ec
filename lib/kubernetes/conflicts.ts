/**
 * Does a change that begins with reading the object, again where somebody else changed it since (status 409).
 *
 * @param attempts - the most
 * @param change - whether it is the first attempt
 */
export async function throughConflicts<T>(
  attempts: number,
  change: (isFirst: boolean) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change(attempt === 1);
    } catch (error) {
      if ((error as { readonly status?: unknown }).status !== 409 || attempt === attempts) throw error;
    }
  }
}
