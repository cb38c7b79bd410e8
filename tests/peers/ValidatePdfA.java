import java.io.FileInputStream;
import java.io.InputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints what veraPDF finds wrong with a file, a line for each fault, and at the end how many checks it has made. */
public class ValidatePdfA {
  public static void main(String[] args) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.byFlavourId(args[0]);
    try (InputStream file = new FileInputStream(args[1]);
        PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      ValidationResult result = validator.validate(parser);
      for (TestAssertion check : result.getTestAssertions()) {
        if (check.getStatus() == TestAssertion.Status.FAILED) {
          System.out.println(check.getRuleId().getClause() + "-" + check.getRuleId().getTestNumber() + " " + check.getMessage());
        }
      }
      if (result.isCompliant() && result.getTotalAssertions() > 0) {
        System.out.println("compliant after " + result.getTotalAssertions() + " checks");
      }
    }
  }
}
