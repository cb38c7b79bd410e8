import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Reads a level and a file from each line. Prints what veraPDF finds wrong with the file, a line for each fault, then
 * how many checks it has made if there was none, and an empty line.
 */
public class ValidatePdfA {
  public static void main(String[] args) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
    for (String line = asked.readLine(); line != null; line = asked.readLine()) {
      String[] words = line.split(" ", 2);
      validate(PDFAFlavour.byFlavourId(words[0]), words[1]);
      System.out.println();
    }
  }

  private static void validate(PDFAFlavour flavour, String path) throws Exception {
    try (InputStream file = new FileInputStream(path);
        PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      ValidationResult result = validator.validate(parser);
      for (TestAssertion check : result.getTestAssertions()) {
        if (check.getStatus() == TestAssertion.Status.FAILED) {
          String message = check.getMessage().replaceAll("\\s+", " ");
          System.out.println(check.getRuleId().getClause() + "-" + check.getRuleId().getTestNumber() + " " + message);
        }
      }
      if (result.isCompliant() && result.getTotalAssertions() > 0) {
        System.out.println("compliant after " + result.getTotalAssertions() + " checks");
      }
    }
  }
}
