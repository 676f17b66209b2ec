/** Labels on the namespace and on every object this program declares in the cluster. */
export const partOfMeshSix = {
  "app.kubernetes.io/part-of": "mesh-six",
  "app.kubernetes.io/managed-by": "pulumi",
} as const;
