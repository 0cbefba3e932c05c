/** Who the app is towards every service: its user-assigned identity, never a key. */
import { ManagedIdentityCredential, type TokenCredential } from "@azure/identity";

/** Tokens of the identity that `AZURE_CLIENT_ID` names; fetched and cached by the client itself. */
export function credential(settings: { readonly AZURE_CLIENT_ID: string }): TokenCredential {
  return new ManagedIdentityCredential({ clientId: settings.AZURE_CLIENT_ID });
}

/** An access token for `scope` as text. Throws when the identity endpoint gives none. */
export async function tokenFor(credential: TokenCredential, scope: string): Promise<string> {
  const token = await credential.getToken(scope);
  if (!token)
    throw new Error(`The identity endpoint gave no token for ${scope}; check that the app has its user-assigned identity.`);
  return token.token;
}
