import * as pulumi from "@pulumi/pulumi";

/**
 * A value that Azure alone fills into `part`, which otherwise echoes inputs (a host name in a configuration, the id of a system-assigned
 * identity). While an update is previewed the engine knows `part` only as it was written, so the value is missing there; `anchor`, an output that
 * no input sets, is unknown at that moment and makes this unknown too, instead of empty.
 */
export function computed<Part>(
  part: pulumi.Output<Part>,
  anchor: pulumi.Output<unknown>,
  pick: (part: Part) => string | undefined,
): pulumi.Output<string> {
  return pulumi.all([part, anchor]).apply(([known]) => pick(known as Part) ?? "");
}
