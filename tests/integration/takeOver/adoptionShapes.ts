import type { AnyObject } from "../../../preflight/adoption/objectDeclaration.ts";
import type { Choices } from "../../../preflight/adoption/plan/plan.ts";
import {
  component,
  container,
  cronJob,
  dashboard,
  externalSecret,
  route,
  secret,
  service,
} from "../../support/cluster/adoption.ts";

/** An object of an installation, and what the program declares of the same name. */
export interface Shape {
  readonly title: string;
  readonly found: AnyObject;
  readonly declared: AnyObject;
  readonly choices?: Partial<Choices>;
  /** Paths that the plan has to call lost. */
  readonly lost: readonly string[];
  /** Paths that it has to refuse. */
  readonly refused?: readonly string[];
}

const pods = "spec.template.spec";
const own = `${pods}.containers[dashboard]`;
const http = { name: "http", port: 80, targetPort: 80, protocol: "TCP" };

export const shapes: readonly Shape[] = [
  { title: "a Deployment just like the declared one", found: dashboard(), declared: dashboard(), lost: [] },
  {
    title: "a probe by tcpSocket beside the declared httpGet",
    found: dashboard({
      containers: [container({ readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 3 } })],
    }),
    declared: dashboard(),
    lost: [`${own}.readinessProbe.tcpSocket.port`],
  },
  {
    title: "a variable read from a Secret where a value is declared",
    found: dashboard({
      containers: [
        container({
          env: [{ name: "VITE_MQTT_URL", valueFrom: { secretKeyRef: { name: "s", key: "url" } } }],
        }),
      ],
    }),
    declared: dashboard(),
    lost: ["key", "name"].map((field) => `${own}.env[VITE_MQTT_URL].valueFrom.secretKeyRef.${field}`),
  },
  {
    title: "a variable and a volume that are not declared",
    found: dashboard({
      containers: [
        container({
          env: [{ name: "EXTRA", value: "1" }],
          volumeMounts: [
            { name: "writable", mountPath: "/tmp" },
            { name: "data", mountPath: "/data" },
          ],
        }),
      ],
      volumes: [
        { name: "writable", emptyDir: {} },
        { name: "data", hostPath: { path: "/srv" } },
      ],
    }),
    declared: dashboard(),
    lost: [
      ...["name", "value"].map((field) => `${own}.env[EXTRA].${field}`),
      ...["mountPath", "name"].map((field) => `${own}.volumeMounts[/data].${field}`),
      ...["hostPath.path", "hostPath.type", "name"].map((field) => `${pods}.volumes[data].${field}`),
    ],
  },
  {
    title: "another port of the container, a command, root and an added capability",
    found: dashboard({
      containers: [
        container({
          ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
          command: ["sh", "-c", "sleep 1"],
          securityContext: { runAsUser: 0, capabilities: { add: ["NET_ADMIN"] } },
        }),
      ],
    }),
    declared: dashboard(),
    lost: [
      `${own}.command[-c]`,
      `${own}.command[sh]`,
      `${own}.command[sleep 1]`,
      ...["containerPort", "name", "protocol"].map((field) => `${own}.ports[8080/TCP].${field}`),
      `${own}.securityContext.capabilities.add[NET_ADMIN]`,
      `${own}.securityContext.runAsUser`,
    ],
  },
  {
    title: "the same container under another name",
    found: dashboard({ containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] }),
    declared: dashboard(),
    lost: [
      ...["image", "imagePullPolicy", "name", "terminationMessagePath", "terminationMessagePolicy"],
      ...["ports[80/TCP].containerPort", "ports[80/TCP].protocol"],
    ].map((field) => `${pods}.containers[web].${field}`),
  },
  {
    title: "a sidecar",
    found: dashboard({ containers: [container(), { name: "proxy", image: "envoy" }] }),
    declared: dashboard(),
    lost: ["image", "imagePullPolicy", "name", "terminationMessagePath", "terminationMessagePolicy"].map(
      (field) => `${pods}.containers[proxy].${field}`,
    ),
    refused: [`${pods}.containers[proxy]`],
  },
  {
    title: "a sidecar that a setting keeps",
    found: dashboard({ containers: [container(), { name: "proxy", image: "envoy" }] }),
    declared: dashboard(),
    choices: { keep: [`Deployment/dashboard ${pods}.containers[proxy]`] },
    lost: [],
  },
  {
    title: "a Service whose port has the same name and another number",
    found: service({ ports: [{ name: "http", port: 8080, targetPort: 80 }] }),
    declared: service(),
    lost: ["name", "port", "protocol", "targetPort"].map((field) => `spec.ports[8080/TCP].${field}`),
  },
  {
    title: "a Service of type NodePort with a second port",
    found: service({ type: "NodePort", ports: [http, { name: "metrics", port: 9090 }] }),
    declared: service(),
    lost: [
      "spec.externalTrafficPolicy",
      "spec.ports[80/TCP].nodePort",
      ...["name", "nodePort", "port", "protocol", "targetPort"].map(
        (field) => `spec.ports[9090/TCP].${field}`,
      ),
    ],
  },
  {
    title: "an IngressRoute behind a log-in, with a certificate, an entry point and a priority of its own",
    found: route(
      { entryPoints: ["web", "websecure"], tls: { secretName: "cert", options: { name: "strict" } } },
      { middlewares: [{ name: "login" }], priority: 10 },
    ),
    declared: route(),
    ...(() => {
      const rule = "spec.routes[Host(`mesh-six.bto.bar`)]";
      const lost = [
        "spec.entryPoints[web]",
        `${rule}.middlewares[login].name`,
        `${rule}.priority`,
        "spec.tls.options.name",
        "spec.tls.secretName",
      ];
      return { lost, refused: lost };
    })(),
  },
  {
    title: "a middleware that a setting lets go",
    found: route({}, { middlewares: [{ name: "login" }] }),
    declared: route(),
    choices: { lose: ["IngressRoute/dashboard spec.routes"] },
    lost: ["spec.routes[Host(`mesh-six.bto.bar`)].middlewares[login].name"],
  },
  {
    title: "an IngressRoute that lets in some addresses alone",
    found: route({}, { match: "Host(`mesh-six.bto.bar`) && ClientIP(`10.0.0.0/8`)" }),
    declared: route(),
    ...(() => {
      const rule = "spec.routes[Host(`mesh-six.bto.bar`) && ClientIP(`10.0.0.0/8`)]";
      const lost = ["kind", "match", "services[dashboard].name", "services[dashboard].port"];
      return { lost: lost.map((field) => `${rule}.${field}`), refused: [`${rule}.match`] };
    })(),
  },
  {
    title: "a Component with TLS, a user, another prefix and scopes",
    found: component(
      [
        { name: "enableTLS", value: "true" },
        { name: "redisUsername", value: "agents" },
      ],
      { scopes: ["llm-service"] },
    ),
    declared: component(),
    lost: [
      "scopes[llm-service]",
      ...["name", "value"].map((field) => `spec.metadata[enableTLS].${field}`),
      ...["name", "value"].map((field) => `spec.metadata[redisUsername].${field}`),
    ],
    refused: [
      "scopes[llm-service]",
      ...["name", "value"].map((field) => `spec.metadata[enableTLS].${field}`),
    ],
  },
  {
    title: "a Secret with another value and a further key, which stays",
    found: secret({ token: "b2xk", other: "a2VwdA==" }),
    declared: secret({ token: "bmV3" }),
    lost: [],
  },
  {
    title: "a suspended CronJob whose container has another name",
    found: cronJob({ suspend: true }, { containers: [{ name: "job", image: "postgres:18-alpine" }] }),
    declared: cronJob({ suspend: false }),
    lost: ["image", "imagePullPolicy", "name", "terminationMessagePath", "terminationMessagePolicy"].map(
      (field) => `spec.jobTemplate.spec.template.spec.containers[job].${field}`,
    ),
  },
  {
    title: "an ExternalSecret with a further key",
    found: externalSecret([
      { secretKey: "api-key", remoteRef: { key: "k", property: "p" } },
      { secretKey: "more", remoteRef: { key: "k", property: "q" } },
    ]),
    declared: externalSecret([{ secretKey: "api-key", remoteRef: { key: "k", property: "p" } }]),
    lost: ["conversionStrategy", "decodingStrategy", "key", "metadataPolicy", "property"]
      .map((field) => `spec.data[more].remoteRef.${field}`)
      .concat("spec.data[more].secretKey"),
  },
];
