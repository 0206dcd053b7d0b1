/** A password or a token that travels openly belongs to whoever listens. @returns what to say then; null where it is safe */
export function checkConnection(url: URL) {
  const loopback = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "https:" || loopback) return null;
  return { message: "Signing in needs https, or a browser on the machine itself.", request_id: null, fields: {} };
}
