/**
 * The form in which an e-mail address is stored and found. This is the product's only case folding: PostgreSQL's lower()
 * folds some letters in another way, also from one server's locale to the next, so both are never compared.
 */
export const addressKey = (email: string): string => email.trim().toLowerCase();
