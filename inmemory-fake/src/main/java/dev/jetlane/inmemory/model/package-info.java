/**
 * The state of a server, and the rules by which it hands out tasks: a model of a nats-server's
 * stream with WorkQueue retention and a durable pull consumer. It uses the values of the contract
 * ({@code Task}, {@code QueueConfig}, {@code Stats}) and knows no client. It reads no clock: {@code
 * now} is a parameter.
 *
 * <p>A task enters by {@link dev.jetlane.inmemory.model.Pushes#push}, leaves for a puller by {@link
 * dev.jetlane.inmemory.model.PartitionState#take} or by a waiting {@link
 * dev.jetlane.inmemory.model.PullRequest}, and is removed by {@link
 * dev.jetlane.inmemory.model.PartitionState#ack} or {@link
 * dev.jetlane.inmemory.model.TaskMoves#removeDead}.
 *
 * <p>{@code Pushes}, {@code TaskMoves}, {@code MemoryLoss} and {@code PartitionBrowser} are
 * operations on a {@code PartitionState}, which does not know them.
 */
@NullMarked
package dev.jetlane.inmemory.model;

import org.jspecify.annotations.NullMarked;
