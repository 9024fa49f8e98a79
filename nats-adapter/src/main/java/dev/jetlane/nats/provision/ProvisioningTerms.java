// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

/**
 * How a client creates and checks the streams and consumers of its queue.
 *
 * @param creates whether it creates missing objects
 * @param checks whether it checks existing objects
 * @param response the response to settings that differ
 * @param inMemory whether tasks are stored in memory
 * @param replicas the number of copies of a stream
 * @param maxBytes the limit of each stream of tasks; -1 for none
 */
public record ProvisioningTerms(
    boolean creates,
    boolean checks,
    Drift.Response response,
    boolean inMemory,
    int replicas,
    long maxBytes) {}
