// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.pit;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import org.pitest.bytecode.analysis.ClassTree;
import org.pitest.mutationtest.build.InterceptorType;
import org.pitest.mutationtest.build.MutationInterceptor;
import org.pitest.mutationtest.engine.Mutater;
import org.pitest.mutationtest.engine.MutationDetails;

/** Drops mutants before any test runs. */
final class Sample implements MutationInterceptor {

  private final Predicate<MutationDetails> kept;

  Sample(Predicate<MutationDetails> kept) {
    this.kept = kept;
  }

  /** Returns the part of a mutant, from 1: the same in each run of the same code. */
  static int partOf(MutationDetails mutant, int parts) {
    CRC32 sum = new CRC32();
    sum.update(mutant.getId().toString().getBytes(StandardCharsets.UTF_8));
    return (int) (sum.getValue() % parts) + 1;
  }

  @Override
  public InterceptorType type() {
    return InterceptorType.FILTER;
  }

  @Override
  public void begin(ClassTree clazz) {}

  @Override
  public Collection<MutationDetails> intercept(Collection<MutationDetails> mutants, Mutater m) {
    return mutants.stream().filter(kept).toList();
  }

  @Override
  public void end() {}
}
