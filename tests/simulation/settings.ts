/** The settings of a simulated customer, and the few agents they may have. */
import type { Services } from "../../runtime/services/services.ts";
import type { Random } from "../../training/random.ts";

export const colleague = "+33612349999";

const english = { short_code: "en-US", voice: "en-US-voice", pronunciations_en: ["English"] };
const french = { short_code: "fr-FR", voice: "fr-FR-voice", pronunciations_en: ["French"] };

const agentOf = (engines: readonly string[], choice: "detect" | "ask", maximumMin: number): string =>
  JSON.stringify({
    bot_company: "Contoso",
    bot_name: "Ada",
    agent_phone_number: colleague,
    claim: [{ name: "matter", type: "text" }],
    lang: { default_short_code: "en-US", availables: [english, french], choice },
    voice_engines: engines,
    maximum_call_min: maximumMin,
  });

/** Those that calls ask for; of another one it is as if it were not set. */
export const settingsOf = (random: Random): Services["settings"] =>
  ({
    PHONE_NUMBER: "+33199002737",
    PHONE_CARRIER: "acs",
    DIALLABLE_COUNTRIES: "FR",
    DIALLED_PER_HOUR: "60",
    AGENT: agentOf(
      random.chance(0.5) ? ["realtime"] : ["realtime", "cascade"],
      random.chance(0.2) ? "ask" : "detect",
      random.chance(0.1) ? 1 : 90,
    ),
    FUNCTIONS_URL: "https://app.example",
    BRIDGE_URL: "https://bridge.example",
  }) as Services["settings"];
