/** Labels of the sandbox's images, which say what their Pods are like. */
export const revisionLabel = "org.opencontainers.image.revision";
export const faultsLabel = "sandbox.mesh-six/faults";
