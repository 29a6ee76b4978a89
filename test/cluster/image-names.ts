/** The image of every pod's sandbox. */
export const pauseImage = 'registry.k8s.io/pause:3.10';

/** An image with a shell and the usual small tools, for pods of tests. It is there before the first pod starts. */
export const busyboxImage = 'docker.io/library/busybox:1.35';

/** The base image of the agent's Dockerfile. Here it is a stand-in of the same layout, with the Node of this project. */
export const nodeBaseImage = 'gcr.io/distroless/nodejs24-debian12:nonroot';

/** The name under which the agent's image is built and loaded. */
export const agentImage = 'docker.io/ankra/ankra-support-agent:e2e';
