// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command on a queue. Returns its exit code. */
abstract class QueueCommand implements Callable<Integer> {

  @Mixin Target target = new Target();
  @Mixin Output output = new Output();
}
