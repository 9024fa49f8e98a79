/**
 * Creating and checking streams and consumers: what a queue wants ({@link
 * dev.jetlane.nats.provision.StreamSpecs}), how the existing ones differ ({@link
 * dev.jetlane.nats.provision.Drift}), and the exchanges that make it so ({@link
 * dev.jetlane.nats.provision.Provisioner}). No task passes here.
 */
@NullMarked
package dev.jetlane.nats.provision;

import org.jspecify.annotations.NullMarked;
