public final class Evening {
    private Evening() {
    }

    public static void main(String[] names) {
        String name = names.length == 0 ? "everybody" : String.join(" ", names);
        System.out.println("Good evening, " + name);
    }
}
