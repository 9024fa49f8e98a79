// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

/**
 * The place of a partition on the server, as the server reports it, because the queue decides which
 * stream a partition is in.
 *
 * @param index the number of the partition, from 0
 * @param partition the name of the partition
 * @param stream the stream that holds its tasks
 * @param consumer the consumer that delivers them
 * @param subject the subject that they are sent to
 */
record Place(int index, String partition, String stream, String consumer, String subject) {}
