/** An agent's entry in the registry. */
export interface Agent {
  readonly appId: string;
  readonly name: string;
  readonly capabilities: readonly {
    readonly name: string;
    readonly weight: number;
    readonly preferred: boolean;
  }[];
}

function agent(appId: string, name: string, ...capabilities: [string, number, boolean?][]): Agent {
  return {
    appId,
    name,
    capabilities: capabilities.map(([capability, weight, preferred = false]) => ({
      name: capability,
      weight,
      preferred,
    })),
  };
}

export const agents: readonly Agent[] = [
  agent("simple-agent", "Simple Agent", ["general-query", 0.8]),
  agent("architect-agent", "Architect Agent", ["tech-consultation", 0.95, true]),
  agent("argocd-deployer", "ArgoCD Deployer", ["deploy-service", 0.9, true]),
  agent("kubectl-deployer", "Kubectl Deployer", ["deploy-service", 0.7]),
  agent("homelab-monitor", "Homelab Monitor", ["cluster-health", 1, true]),
  agent("cost-tracker", "Cost Tracker", ["cost-reporting", 1, true]),
  agent("project-manager", "Project Manager Agent", ["project-management", 1, true]),
];

/** Services of which the sandbox's overlay (sandbox/emulators/argocd/overlay) has no Deployment. */
export const ownServices: readonly string[] = [
  "simple-agent",
  "architect-agent",
  "argocd-deployer",
  "kubectl-deployer",
  "homelab-monitor",
  "cost-tracker",
  "claude-mqtt-bridge",
];

/** Services of a release of the application that nothing is asked of: they live, and do nothing. */
export const silentServices: readonly string[] = [
  ...["api-coder", "context-service", "event-logger", "implementer", "infra-manager"],
  ...["qa-tester", "researcher-agent", "scheduler-service", "ui-agent"],
];

/** Services whose Deployment comes from the overlay or the program. */
export const foreignServices: readonly string[] = [
  "orchestrator",
  "project-manager",
  "webhook-receiver",
  "llm-service",
  "onboarding-service",
  "dashboard",
];
