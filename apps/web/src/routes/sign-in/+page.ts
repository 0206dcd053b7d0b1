// A form and nothing more: it needs no framework in the browser.
export const csr = false;
