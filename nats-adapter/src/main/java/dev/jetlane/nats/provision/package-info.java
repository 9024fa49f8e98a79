/**
 * Creates and checks streams and consumers: the configuration of a queue ({@link
 * dev.jetlane.nats.provision.StreamSpecs}), the differences of existing objects ({@link
 * dev.jetlane.nats.provision.Drift}), and the exchanges that apply it ({@link
 * dev.jetlane.nats.provision.Provisioner}). No task passes through this package.
 */
@NullMarked
package dev.jetlane.nats.provision;

import org.jspecify.annotations.NullMarked;
