/** Whether a path of an object, or a path above it, is in a list of `KIND/NAME PATH`; without a path, all of the object. */
export function isNamed(list: readonly string[], address: string, path: string): boolean {
  return list.some((entry) => {
    const [object = "", above = ""] = entry.trim().split(/\s+(.*)/);
    if (object !== address) return false;
    return (
      above === "" || path === above || (path.startsWith(above) && /^[.[]/.test(path.slice(above.length)))
    );
  });
}
