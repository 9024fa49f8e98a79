// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.pit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pitest.mutationtest.build.InterceptorParameters;
import org.pitest.mutationtest.build.MutationInterceptor;
import org.pitest.mutationtest.build.MutationInterceptorFactory;
import org.pitest.mutationtest.engine.MutationDetails;
import org.pitest.plugin.Feature;
import org.pitest.plugin.FeatureParameter;

/** PIT's feature {@code SAMPLE}: one of several equal parts of all mutants, or those of a list. */
public final class SampleFactory implements MutationInterceptorFactory {

  private static final FeatureParameter PART =
      FeatureParameter.named("part").withDescription("Number of the part, from 1");
  private static final FeatureParameter PARTS =
      FeatureParameter.named("parts").withDescription("Number of parts");
  private static final FeatureParameter LIST =
      FeatureParameter.named("list").withDescription("A mutations.csv with the mutants to keep");

  @Override
  public String description() {
    return "A part of all mutants";
  }

  @Override
  public Feature provides() {
    return Feature.named("SAMPLE")
        .withDescription("Keeps one of several equal parts of all mutants, or those of a list")
        .withParameter(PART)
        .withParameter(PARTS)
        .withParameter(LIST);
  }

  @Override
  public MutationInterceptor createInterceptor(InterceptorParameters params) {
    int part = params.getInteger(PART).orElse(1);
    int parts = params.getInteger(PARTS).orElse(1);
    Predicate<MutationDetails> listed =
        params.getString(LIST).map(SampleFactory::listed).orElse(mutant -> true);
    return new Sample(mutant -> Sample.partOf(mutant, parts) == part && listed.test(mutant));
  }

  /** A row of {@code mutations.csv} is: file, class, mutator, method, line, status, test. */
  private static Predicate<MutationDetails> listed(String file) {
    try {
      Set<String> rows =
          Files.readAllLines(Path.of(file)).stream()
              .map(row -> row.split(",", -1))
              .map(row -> String.join(",", row[1], row[2], row[3], row[4]))
              .collect(Collectors.toSet());
      return mutant ->
          rows.contains(
              String.join(
                  ",",
                  mutant.getClassName().asJavaName(),
                  mutant.getMutator(),
                  mutant.getMethod(),
                  Integer.toString(mutant.getLineNumber())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
