/**
 * What a server stores and how it hands it out: a model of a nats-server's stream with WorkQueue
 * retention and a durable pull consumer. It knows the contract's values ({@code Task}, {@code
 * QueueConfig}, {@code Stats}) and no client; it reads no clock: {@code now} is a parameter.
 *
 * <p>A task enters by {@link dev.jetlane.inmemory.model.PartitionState#push}, leaves for a puller
 * by {@link dev.jetlane.inmemory.model.PartitionState#take} or by a waiting {@link
 * dev.jetlane.inmemory.model.PullRequest}, and is removed by {@link
 * dev.jetlane.inmemory.model.PartitionState#ack} or {@link
 * dev.jetlane.inmemory.model.PartitionState#deadLetter}.
 */
@NullMarked
package dev.jetlane.inmemory.model;

import org.jspecify.annotations.NullMarked;
