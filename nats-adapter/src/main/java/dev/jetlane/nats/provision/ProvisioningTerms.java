package dev.jetlane.nats.provision;

/**
 * What a client does about the streams and consumers of its queue.
 *
 * @param creates whether it creates what is missing
 * @param checks whether it looks at what is there
 * @param response what it does about settings that differ
 * @param inMemory whether tasks are stored in memory
 * @param replicas how many copies of a stream there are
 * @param maxBytes the limit of each stream of tasks; -1 for none
 */
public record ProvisioningTerms(
    boolean creates,
    boolean checks,
    Drift.Response response,
    boolean inMemory,
    int replicas,
    long maxBytes) {}
