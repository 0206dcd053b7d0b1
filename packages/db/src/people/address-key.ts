/**
 * What an e-mail address is stored and found by. The one case folding of the product: PostgreSQL's lower() differs from it
 * for some letters, and from one server's locale to the next, so none of both is ever held against the other.
 */
export const addressKey = (email: string): string => email.trim().toLowerCase();
