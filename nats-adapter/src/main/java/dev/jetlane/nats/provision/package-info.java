/** Creating and checking streams and consumers. */
@NullMarked
package dev.jetlane.nats.provision;

import org.jspecify.annotations.NullMarked;
