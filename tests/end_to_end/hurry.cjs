// The CDK CLI asks every five seconds whether a stack has changed. On the local cloud hours pass in the meantime,
// so it asks more often. Nothing else of the CLI is touched.
const patient = globalThis.setTimeout;
const hurried = (callback, delay, ...rest) => patient(callback, delay === 5000 ? 200 : delay, ...rest);
globalThis.setTimeout = Object.defineProperties(hurried, Object.getOwnPropertyDescriptors(patient));
